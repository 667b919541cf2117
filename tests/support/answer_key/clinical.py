"""What a radiology department writes; a word between asterisks has to stay."""

STUDIES = {
    "CT": [
        "*CT* *CHEST* W *CONTRAST*",
        "*CT* *ABDOMEN* AND *PELVIS* WO *CONTRAST*",
        "*CT* *HEAD* WITHOUT",
        "Low dose *lung* *cancer* *screening* *CT*",
        "*CTA* *AORTA* AND *RUNOFF*",
        "CT *urogram* *triphasic*",
        "*CT* *cervical* *spine* *trauma*",
    ],
    "MR": [
        "*MRI* *BRAIN* W/O AND W *GADOLINIUM*",
        "*MR* *LUMBAR* *SPINE*",
        "MRI *knee* *left* non-contrast",
        "*MR* *ANGIOGRAPHY* *CAROTID*",
        "*Cardiac* *MR* *viability*",
        "MRCP *biliary* *tree*",
        "*MRI* *PROSTATE* *MULTIPARAMETRIC*",
    ],
    "US": [
        "*US* *ABDOMEN* *COMPLETE*",
        "*Thyroid* *ultrasound*",
        "*OBSTETRIC* *ULTRASOUND* 2ND *TRIMESTER*",
        "*Carotid* *Doppler* *bilateral*",
        "US *RENAL* AND *BLADDER*",
    ],
    "CR": ["*CHEST* *PA* AND *LATERAL*", "*Wrist* *right* 3 views", "*ABDOMEN* *SUPINE*"],
    "DX": ["*Chest* *PA*", "*PELVIS* *AP*", "*Knee* *standing* *bilateral*", "*HAND* *LEFT*"],
    "MG": [
        "*MAMMOGRAM* *SCREENING* *BILATERAL*",
        "*Diagnostic* *mammography* *left*",
        "*MG* *TOMOSYNTHESIS*",
    ],
    "PT": ["*PET* *CT* *WHOLE* *BODY* *FDG*", "*PET* *BRAIN* *AMYLOID*", "*PSMA* *PET*"],
    "NM": ["*BONE* *SCAN* *WHOLE* BODY", "*Myocardial* *perfusion* *SPECT*", "*RENOGRAM* *MAG3*"],
    "SR": ["*CT* *CHEST* W *CONTRAST*", "*MRI* *BRAIN*"],
    "RT": ["*RT* *PLANNING* *CT*", "*Prostate* *IMRT*", "*Breast* *tangents* *radiotherapy*"],
    "OT": ["Outside *reports*", "*Procedure* consent form"],
}

SERIES = {
    "CT": [
        "*Axial* 5 mm *lung*",
        "*Scout*",
        "*Coronal* *MPR*",
        "*Bone* *kernel*",
        "*Arterial* phase",
    ],
    "MR": ["*T1* *axial* *FLAIR*", "*T2* *TSE* *sagittal*", "*DWI* b1000", "*Localizer*", "*STIR*"],
    "US": ["*Liver* *transverse*", "*Doppler* *portal* *vein*", "*Kidney* *long* *axis*"],
    "CR": ["*Chest* *PA*", "*Lateral*"],
    "DX": ["*AP* *view*", "*Oblique*"],
    "MG": ["*L* *CC*", "*R* *MLO*", "*Spot* *compression*"],
    "PT": ["*PET* *AC* *whole* body", "*WB* *NAC*"],
    "NM": ["*Anterior* *planar*", "*Stress* *SPECT*"],
    "SR": ["*Radiology* *report*"],
    "RT": ["*Structure* set", "*Dose* *plan*"],
    "OT": ["*Scanned* *document*"],
}

PROTOCOLS = {
    "CT": ["*Thorax* *routine*", "6.1 *abdomen* *portal* *venous*", "*Head* *helical*"],
    "MR": ["*t1* *mprage* *sagittal*", "*ep2d* *diff*", "*Spine* *routine*"],
    "PT": ["*FDG* *whole* *body*"],
    "NM": ["*Bone* *whole* *body*"],
}
ANY_PROTOCOL = ["*Routine*", "*Adult* *standard*", "*Low* *dose*"]

SENTENCES = [
    "Shortness of *breath* for three days, rule out *pulmonary* *embolism*.",
    "Known *hepatocellular* *carcinoma*, *restaging* after *chemotherapy*.",
    "*Headache* and *nausea*, no *neurological* *deficit*.",
    "Fall from ladder, *fracture* of the *distal* *radius* suspected.",
    "*Follow-up* of *lung* *nodule*, 6 mm in the right *upper* *lobe*.",
    "*Baker* *cyst* behind the left *knee*.",
    "Previous *cholecystectomy*; *dilated* *common* *bile* *duct*.",
    "*Hashimoto* *thyroiditis*, *nodule* on *palpation*.",
    "*Diabetes* *mellitus* and *hypertension*, *creatinine* 1.4.",
    "*Crohn* *disease* with *stricture* of the *terminal* *ileum*.",
    "*Seizure* disorder, evaluate for *mesial* *temporal* *sclerosis*.",
    "Palpable *lump* in the *breast*, family history of *breast* *cancer*.",
    "Patient *claustrophobic*, *sedation* given before the scan.",
    "Motion *artifact* on the last *sequence*, repeated once.",
    "*Contrast* *extravasation* in the left *antecubital* *fossa*, ice applied.",
    "*Metastases* in *liver* and *spine*, stable since the *prior* *study*.",
    "*Ground-glass* *opacities* in both *lower* *lobes*.",
    "No *pneumothorax*, no *pleural* *effusion*.",
    "*Degenerative* changes of the *lumbar* *spine* with *stenosis* at *L4*.",
    "*Appendix* *normal*, free *fluid* in the *pelvis*.",
    "*Stent* in the *left* *anterior* *descending* *artery*, *ejection* *fraction* reduced.",
    "*Hip* *prosthesis* on the right, *metal* artifact.",
    "*Aneurysm* of the *abdominal* *aorta*, 4.2 cm.",
    "*Asthma* since childhood, on *inhaled* *steroids*.",
    "*Rotator* *cuff* *tear* of the *shoulder*, *MRI* requested.",
    "*Scoliosis* *Cobb* angle 24 degrees.",
    "*Nephrolithiasis* with *hydronephrosis*.",
    "*Multiple* *sclerosis*, new *lesions*?",
    "*Atrial* *fibrillation*, *anticoagulated* with *warfarin*.",
    "*Osteomyelitis* of the *calcaneus* cannot be excluded.",
    "*Pancreatitis* with *pseudocyst* of the *tail*.",
    "*Meniscus* tear, *medial*, with *joint* *effusion*.",
    "*Placenta* *previa*, *gestational* *age* 31 weeks.",
    "*Fibroids* of the *uterus*, *ovaries* unremarkable.",
    "*Sarcoidosis* with *hilar* *lymphadenopathy*.",
    "*Subdural* *hematoma* after a fall, *midline* *shift* 5 mm.",
    "*Bronchiectasis* and *emphysema* on both sides.",
    "*Peripheral* *arterial* *disease*, *claudication* after 100 m.",
    "*Hepatitis* C, *cirrhosis* with *ascites* and *varices*.",
    "*Whipple* procedure two years ago, *CA* 19-9 rising.",
    "*Hodgkin* *lymphoma* in *remission*.",
    "*Catheter* tip in the *superior* *vena* *cava*.",
]

FINDINGS = [
    "The *heart* is of *normal* *size*, the *lungs* are *clear*.",
    "There is a 9 mm *nodule* in the *left* *lower* *lobe*, *unchanged*.",
    "*Ventricles* and *sulci* are *symmetric*, no *hemorrhage*.",
    "The *liver* shows *diffuse* *steatosis*; the *spleen* is *enlarged*.",
    "*Disc* *herniation* at *L5* with *compression* of the *nerve* *root*.",
    "No *acute* *fracture* or *dislocation*.",
    "*Gallbladder* *wall* thickened, *Murphy* *sign* positive.",
    "*Calcified* *granuloma* in the *right* *apex*, *mediastinum* not *widened*.",
    "*Restricted* *diffusion* in the territory of the *middle* *cerebral* *artery*.",
]
IMPRESSIONS = [
    "*No* *evidence* of *recurrent* *disease*.",
    "*Suspicious* *mass*, *biopsy* is *recommended*.",
    "*Stable* *appearance*, *follow-up* in 12 *months*.",
    "*Acute* *appendicitis*.",
]
ALLERGIES = ["*Penicillin*", "*Iodinated* *contrast*", "*Latex*, peanuts", "None *known*"]
ALERTS = ["*Pacemaker*", "*Renal* *failure*", "*Claustrophobia*", "*Metal* *implant*"]
NEEDS = ["*Wheelchair*", "*Hearing* aid", "*Oxygen*"]
PREMEDICATION = ["*Prednisone* 50 mg", "*Lorazepam* 1 mg", "*Diphenhydramine*"]
STRUCTURES = ["*Heart*", "*Spinal* *Cord*", "*PTV* 60", "*Lung* *Left*", "*Bladder*", "*Rectum*"]
SEGMENTS = ["*Liver*", "*Tumor*", "*Left* *kidney*", "*Spleen*"]
BODY_PARTS = {
    "CT": ["CHEST", "ABDOMEN", "HEAD"],
    "MR": ["BRAIN", "LSPINE", "KNEE"],
    "MG": ["BREAST"],
}
